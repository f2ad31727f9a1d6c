"""What may stand where: documents as paths through frames."""
