"""Pictures of an examination labelled by hand, and how far the judge agrees with the labels."""
