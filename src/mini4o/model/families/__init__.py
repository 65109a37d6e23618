"""One file a backbone family: what `transformers` gives, taken apart where mini4o has to reach in."""
