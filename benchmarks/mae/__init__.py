"""MaE: naming the misconception behind a wrong answer, beside the published numbers."""
