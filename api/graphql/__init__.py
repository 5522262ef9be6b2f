"""GraphQL over HTTP: the wire, its limits and its errors. No tariffs are decided here."""
