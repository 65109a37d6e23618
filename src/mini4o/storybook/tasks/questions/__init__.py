"""Questions about pictures: the answer is chosen first, then facts that have it, so that words alone tell nothing."""
