#!/usr/bin/env bash
# Plays the main flow against a running server, from outside and with curl alone:
# start -> stream (cut in the middle, resumed) -> approve -> the file is applied -> complete.
#
#   DEVELOPER_KEY=... REVIEWER_KEY=... test/acceptance/test_rpc_flow.sh [base url]
#
# Base URL: the argument, else BASE_URL, else http://127.0.0.1:8080. With WORKSPACE_DIR, the folder of the workspace, the
# file on disk is compared as well; WORKSPACE names the workspace when it is not the server's first.
# Needs bash, curl, and jq or node. Exits 0 when everything is as it should be, 1 with the difference when not.
set -euo pipefail

BASE_URL="${1:-${BASE_URL:-http://127.0.0.1:8080}}"
BASE_URL="${BASE_URL%/}"
: "${DEVELOPER_KEY:?set it to the developer key of the server}"
: "${REVIEWER_KEY:?set it to the reviewer key of the server}"
WORKSPACE_DIR="${WORKSPACE_DIR:-}"
WORKSPACE="${WORKSPACE:-}"
# Seconds one request may take; a stream that has not ended by then hangs.
LIMIT_SECONDS=30
# Frames to take before the stream is cut.
CUT_AFTER=5
FILE="acceptance/flow-$$-$RANDOM.txt"
CONTENT="approved by the reviewer, and by nobody else"

dir="$(mktemp -d)"
curl_pid=""
cleanup() {
  if [ -n "$curl_pid" ]; then kill "$curl_pid" 2>/dev/null || true; fi
  rm -rf "$dir"
}
trap cleanup EXIT

say() { printf '  %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
expect() { # what, expected, actual
  [ "$2" = "$3" ] || fail "$1: expected \"$2\", got \"$3\""
  say "ok  $1"
}

# Value at a dotted path of the JSON on stdin; empty when there is none.
if command -v jq >/dev/null 2>&1; then
  json() { jq -r ".$1 // empty"; }
elif command -v node >/dev/null 2>&1; then
  json() {
    node -e '
      let text = "";
      process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => {
        const value = process.argv[1].split(".").reduce((at, name) => (at == null ? at : at[name]), JSON.parse(text));
        if (value != null && value !== false) console.log(typeof value === "object" ? JSON.stringify(value) : String(value));
      });' "$1"
  }
else
  fail "neither jq nor node is installed"
fi

rpc() { # key, method, params
  curl -sS --max-time "$LIMIT_SECONDS" "$BASE_URL/rpc" -H 'Content-Type: application/json' \
    -H "Authorization: Bearer $1" -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":$3}" ||
    fail "$2: the server at $BASE_URL does not answer"
}
result() { # answer, path
  local value
  value="$(printf '%s' "$1" | json "result.$2")"
  [ -n "$value" ] || fail "no result.$2 in: $1"
  printf '%s' "$value"
}
stream_options=(-sSN --max-time "$LIMIT_SECONDS" -H "Authorization: Bearer $DEVELOPER_KEY" -H 'Accept: text/event-stream')
frames() { # last seq
  curl "${stream_options[@]}" -H "Last-Event-ID: $1" "$BASE_URL$stream"
}
# The data lines of whole events: an event counts once the empty line after it is there.
data_lines() { awk '/^id: /{id=1} /^data: /{data=substr($0,7)} /^$/{if(id&&data!="")print data; id=0; data=""}'; }

echo "Main flow at $BASE_URL"

workspace=""
if [ -n "$WORKSPACE" ]; then workspace="\"workspace\":\"$WORKSPACE\","; fi
started="$(rpc "$DEVELOPER_KEY" start "{\"goal\":\"Write the acceptance file\",$workspace\"memory\":false,
  \"trace\":[\"The acceptance file is missing.\",\"Nobody else is likely to write it.\"],
  \"actions\":[{\"id\":\"write\",\"kind\":\"tool\",\"tool\":\"file.write\",\"args\":{\"path\":\"$FILE\",\"content\":\"$CONTENT\"}},{\"id\":\"stop\",\"kind\":\"finish\"}],
  \"beliefs\":{\"assumptions\":[{\"id\":\"missing\",\"text\":\"The acceptance file is missing\",\"p\":0.9}],
    \"associations\":[{\"assumptionId\":\"missing\",\"value\":true,\"actionId\":\"write\"}],
    \"gains\":[{\"actionId\":\"write\",\"when\":{\"missing\":true},\"gain\":1}]},
  \"params\":{\"effortScale\":100}}")"
run="$(result "$started" runId)"
stream="$(result "$started" stream)"
expect "start answers the path of the stream" "/runs/$run/frames" "$stream"

# Not through the function: what is killed has to be curl itself.
curl "${stream_options[@]}" "$BASE_URL$stream" >"$dir/first.sse" &
curl_pid=$!
SECONDS=0
until [ "$(data_lines <"$dir/first.sse" | wc -l)" -ge "$CUT_AFTER" ]; do
  [ "$SECONDS" -lt "$LIMIT_SECONDS" ] || fail "fewer than $CUT_AFTER frames within $LIMIT_SECONDS s: $(cat "$dir/first.sse")"
  sleep 0.05
done
kill "$curl_pid" 2>/dev/null || true
wait "$curl_pid" 2>/dev/null || true
curl_pid=""
data_lines <"$dir/first.sse" | sed -n "1,${CUT_AFTER}p" >"$dir/frames"
cursor="$(tail -n 1 "$dir/frames" | json seq)"
expect "the stream was cut after frame $CUT_AFTER" "$CUT_AFTER" "$cursor"

SECONDS=0
approvals=""
while [ -z "$approvals" ]; do
  [ "$SECONDS" -lt "$LIMIT_SECONDS" ] || fail "run $run asked for no approval within $LIMIT_SECONDS s: $(rpc "$DEVELOPER_KEY" run/get "{\"runId\":\"$run\"}")"
  listed="$(rpc "$REVIEWER_KEY" approval/list "{\"runId\":\"$run\",\"state\":\"pending\"}")"
  approvals="$(printf '%s' "$listed" | sed -n 's/.*"approvalId":"\([0-9a-f-]*\)".*/\1/p')"
done
approval="$approvals"
if [ -n "$WORKSPACE_DIR" ] && [ -e "$WORKSPACE_DIR/$FILE" ]; then fail "$FILE was written before anybody approved it"; fi

etag="$(curl -sS --max-time "$LIMIT_SECONDS" -D - -o "$dir/approval.json" -H "Authorization: Bearer $REVIEWER_KEY" \
  "$BASE_URL/approvals/$approval" | tr -d '\r' | sed -n 's/^[Ee][Tt][Aa][Gg]: //p')"
hash="$(json hash <"$dir/approval.json")"
expect "the approval's ETag is its content hash" "\"$hash\"" "$etag"
curl -sS --max-time "$LIMIT_SECONDS" -H "Authorization: Bearer $REVIEWER_KEY" -H 'Accept: text/x-diff' \
  "$BASE_URL/approvals/$approval/diff" >"$dir/patch"
grep -qxF "+$CONTENT" "$dir/patch" || fail "the patch does not show the content: $(cat "$dir/patch")"
say "ok  the patch shows what would be written"

decide() { # key, if-match
  curl -sS --max-time "$LIMIT_SECONDS" -o "$dir/decision.json" -w '%{http_code}' -X POST "$BASE_URL/approvals/$approval/approve" \
    -H "Authorization: Bearer $1" -H "If-Match: $2" -H 'Content-Type: application/json' -d '{"comment":"acceptance"}'
}
expect "whoever asked cannot approve" 403 "$(decide "$DEVELOPER_KEY" "$etag")"
expect "another hash is refused" 412 "$(decide "$REVIEWER_KEY" "\"sha256:$(printf '0%.0s' {1..64})\"")"
expect "the reviewer approves" 200 "$(decide "$REVIEWER_KEY" "$etag")"

frames "$cursor" >"$dir/rest.sse" || fail "the resumed stream did not end: $(tail -n 3 "$dir/rest.sse")"
data_lines <"$dir/rest.sse" >>"$dir/frames"
expect "the run ended" "run.completed" "$(tail -n 1 "$dir/frames" | json type)"
frames 0 >"$dir/whole.sse" || fail "the replay did not end: $(tail -n 3 "$dir/whole.sse")"
data_lines <"$dir/whole.sse" >"$dir/whole"
diff "$dir/whole" "$dir/frames" >&2 || fail "cut and resumed, the stream is not what a replay shows (above)"
say "ok  cut and resumed, the stream is what a replay shows"
expect "its frames are numbered without a hole" "$(seq 1 "$(wc -l <"$dir/frames")" | tr '\n' ' ')" \
  "$(sed -n 's/.*"seq":\([0-9]*\),"at".*/\1/p' "$dir/frames" | tr '\n' ' ')"
expect "the run says that the change was applied" "applied" \
  "$(result "$(rpc "$DEVELOPER_KEY" run/get "{\"runId\":\"$run\"}")" result.kind)"
if [ -n "$WORKSPACE_DIR" ]; then
  [ -f "$WORKSPACE_DIR/$FILE" ] || fail "$FILE is not in the workspace"
  expect "the file on disk is what was approved" "$CONTENT" "$(cat "$WORKSPACE_DIR/$FILE")"
fi

completed="$(rpc "$DEVELOPER_KEY" complete "{\"runId\":\"$run\",\"outcome\":\"success\",\"resolved\":[{\"assumptionId\":\"missing\",\"truth\":true}]}")"
expect "complete takes the verdict" "success" "$(result "$completed" outcome)"
echo "PASSED"
