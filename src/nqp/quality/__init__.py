"""What is checked, traced, corrected and verified of the figures before anything rests on them."""
