"""What a build needs beside SQL: locks, a record of what made it, and publication."""
