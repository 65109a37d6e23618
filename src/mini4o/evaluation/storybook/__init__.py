"""The examination: how well a model reads, draws and edits the pages of Storybook, with baselines beside it."""
