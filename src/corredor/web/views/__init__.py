"""What each view shows, as plain content; pages and the JSON API give the same."""
