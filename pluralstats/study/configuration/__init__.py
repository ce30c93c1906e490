"""Study files: what they may say, what each key means, and the settings that come of them."""
