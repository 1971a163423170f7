"""What the browser gets: templates, one stylesheet, one script, one icon. No build step, nothing from elsewhere."""
