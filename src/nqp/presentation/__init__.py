"""What people look at: tables, figures, reports, pages and files for other programs."""
