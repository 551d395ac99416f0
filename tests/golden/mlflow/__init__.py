"""How mlflow was recorded, and what it sent."""
