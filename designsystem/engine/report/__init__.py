"""What people look at: the annotated picture and the HTML report."""
