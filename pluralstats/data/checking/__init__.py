"""What is wrong or suspicious in ratings: a module a subject, a function a suspicion."""
