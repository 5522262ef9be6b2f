"""The edge: HTTP, GraphQL and the command line. No SQL, no matrices."""
