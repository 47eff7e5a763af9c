"""What README shows: images and the Kubernetes manifest."""
