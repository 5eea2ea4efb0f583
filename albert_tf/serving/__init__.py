"""An HTTP server for exported models, and a page that shows what they say."""
