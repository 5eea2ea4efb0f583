"""An HTTP server for exported models, with a page to try them."""
