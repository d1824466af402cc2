#!/bin/sh
# As the public image does: a fresh data folder, the root password of the environment, the scripts of /docker-entrypoint-initdb.d.
set -eu
data=/var/lib/mysql
mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db >/tmp/install.log
{
  echo "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';"
  echo "CREATE USER 'root'@'%' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';"
  echo "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
  cat /docker-entrypoint-initdb.d/*.sql
} >/tmp/init.sql
exec mariadbd --no-defaults --datadir="$data" --socket=/run/mysqld/mysqld.sock --pid-file=/tmp/mariadbd.pid --bind-address='*' --init-file=/tmp/init.sql "$@"
