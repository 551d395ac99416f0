#!/bin/sh
# Make the folder secrets/ that docker-compose.yml reads, with new passwords and tokens: sh docker/new-secrets.sh
# Only its owner enters the folder; the files in it are readable, because each container has a user of its own.
set -eu
folder=${1:-secrets}
if [ -e "$folder" ]; then
    echo "$folder is there already: take it away first, and what was made with it stops working" >&2
    exit 2
fi

random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }
sha256() { printf %s "$1" | if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1; }
keep() { printf %s "$2" >"$folder/$1"; }

mkdir -p "$folder/tokens"
chmod 700 "$folder"

# The users of docker/clickhouse/users.d/fmwatch.xml: the server gets hashes, each process its own address.
passwords=$folder/clickhouse-passwords.xml
echo '<clickhouse><users>' >"$passwords"
for user in fmwatch fmwatch_score fmwatch_erase fmwatch_console fmwatch_read; do
    password=$(random)
    keep "store-$user" "http://$user:$password@clickhouse:8123/fmwatch"
    echo "<$user><password_sha256_hex>$(sha256 "$password")</password_sha256_hex></$user>" >>"$passwords"
done
echo '</users></clickhouse>' >>"$passwords"
keep grafana-store "$password" # of fmwatch_read
keep grafana-admin "$(random)"

# Who sends events, and who reads. More of them: fmwatch tokens new --file secrets/tokens/tokens.yaml
ingest=fmw_$(random)
read=fmw_$(random)
keep token-ingest "$ingest"
keep token-read "$read"
printf '"*":\n  ingest: ["%s"]\n  read: ["%s"]\n' "$(sha256 "$ingest")" "$(sha256 "$read")" >"$folder/tokens/tokens.yaml"

chmod 755 "$folder/tokens"
find "$folder" -type f -exec chmod 444 {} +
chmod 644 "$folder/tokens/tokens.yaml"
echo "made $folder: the token to send with is in $folder/token-ingest, the one for the console in $folder/token-read"
