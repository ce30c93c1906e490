"""What is done to ratings on their way in, each step by a policy the user names; each is counted."""
