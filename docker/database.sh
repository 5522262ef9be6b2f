#!/bin/bash
# Runs once, when PostgreSQL makes its first database: a role that owns the database jishi and nothing else.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=password="$JISHI_DATABASE_PASSWORD" <<'SQL'
create role jishi login nosuperuser password :'password';
create database jishi owner jishi;
revoke connect on database jishi from public;
SQL
