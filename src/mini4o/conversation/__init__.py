"""What a chat is: typed parts, how they become tokens, and who sees whom."""
