"""Verifies dossiers of reoptin. Written from docs/ledger.md alone, with Python's standard library, so that what is
written there is known to be enough.

    python3 verify.py KEY FILE          KEY is the ledger's public key, or - to rely on the one inside
    python3 verify.py vectors FILE      checks vectors.json, and the files that it names
"""
import base64, binascii, datetime, hashlib, hmac, json, os, re, struct, sys

class Refused(Exception):
    pass


def need(ok, why):
    if not ok:
        raise Refused(why)


# --- Ed25519 (RFC 8032), verification only

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def mul(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    need(y < P, "a point out of range")
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need((x * x - xx) % P == 0 and (x or not sign), "no point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point(bytes([0x58]) + bytes([0x66]) * 31)


def signed(key, message, signature):
    r, s = point(signature[:32]), int.from_bytes(signature[32:], "little")
    need(s < L, "a signature out of range")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    p, q = mul(s, BASE), add(r, mul(k, point(key)))
    need((p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0, "signature does not fit")


# --- small things


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Refused("not base64")
    need(base64.b64encode(raw).decode() == text, "base64 in another spelling")
    return raw


def hash_of(text):
    raw = unbase64(text)
    need(len(raw) == 32, "not 32 bytes")
    return raw


def once(pairs):
    need(len({k for k, _ in pairs}) == len(pairs), "a field comes twice")
    return dict(pairs)


def refuse(_):
    raise Refused("a number that is not an integer")


def whole(digits):
    return int(digits) if digits != "-0" and len(digits) <= 20 and -1 << 63 <= int(digits) < 1 << 64 else refuse(digits)


def parse(text):
    try:
        v = json.loads(text, object_pairs_hook=once, parse_int=whole, parse_float=refuse, parse_constant=refuse)
        json.dumps(v, ensure_ascii=False).encode()  # fails where half of a character is
        return v
    except (ValueError, RecursionError):
        raise Refused("not JSON")


def decoded(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8")


def canonical(v, deep=0):
    need(deep <= 64, "nested too deep")
    if isinstance(v, dict):
        return "{" + ",".join(canonical(k) + ":" + canonical(v[k], deep + 1) for k in sorted(v, key=lambda k: k.encode())) + "}"
    if isinstance(v, list):
        return "[" + ",".join(canonical(w, deep + 1) for w in v) + "]"
    if isinstance(v, str):
        short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
        return '"' + "".join(short.get(c) or ("\\u%04x" % ord(c) if c < " " else c) for c in v) + '"'
    return {True: "true", False: "false", None: "null"}[v] if v is None or isinstance(v, bool) else str(v)


def fields(v, /, **kinds):
    """Exactly these fields; a kind in a list may be left out."""
    need(isinstance(v, dict), "not an object")
    need(set(v) <= set(kinds) and all(k in v for k, t in kinds.items() if not isinstance(t, list)), "unknown or missing fields")
    for k, t in kinds.items():
        t = t[0] if isinstance(t, list) else t
        need(k not in v or type(v[k]) is t, k + " has the wrong shape")
    return v


# --- section 3: the tree


def node(left, right):
    return sha(b"\x01", left, right)


def root_of(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def included(size, root, seq, leaf, proof):
    need(0 <= seq < size, "not covered")
    fn, sn, r = seq, size - 1, leaf
    for h in proof:
        need(sn, "the proof is too long")
        if fn & 1 or fn == sn:
            r = node(h, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, h)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and r == root, "the proof does not lead to the root")


def consistent(older, old_root, size, root, proof):
    need(0 <= older <= size, "rows were lost")
    if older == size:
        return need(old_root == root and not proof, "the ledger was forked")
    if older == 0:
        return need(old_root == sha() and not proof, "history was rewritten")
    if older & older - 1 == 0:
        proof = [old_root] + proof
    need(proof, "the proof is lacking")
    fn, sn = older - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for h in proof[1:]:
        need(sn, "the proof is too long")
        if fn & 1 or fn == sn:
            fr, sr = node(h, fr), node(h, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, h)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0 and fr == old_root and sr == root, "history was rewritten")


# --- sections 4 and 8: keys, checkpoints, handovers

GAP = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]")  # not in a name: White_Space of Unicode, and plus


def key_of(text):
    name, number, raw = (text.split("+", 2) + ["", ""])[:3]
    raw = unbase64(raw)
    need(name and not GAP.search(name) and len(raw) == 33 and raw[0] == 1, "no public key")
    need(number == sha(name.encode(), b"\n", raw)[:4].hex(), "the key is not the one that its number names")
    return name, bytes.fromhex(number), raw[1:]


def note(text, keys):
    """The text that is signed, and which of the keys signed it."""
    need(not re.search("[\x00-\x09\x0b-\x1f]", text) and "\n\n" in text and text.endswith("\n"), "no signed note")
    body, lines = text.rsplit("\n\n", 1)
    body, seen, good = body + "\n", set(), []
    for line in lines[:-1].split("\n"):
        found = re.fullmatch("— ([^ ]+) ([^ ]+)", line)
        need(found and not GAP.search(found[1]) and lines.count("\n") <= 100, "a malformed signature line")
        name, raw = found[1], unbase64(found[2])
        need(len(raw) >= 5 and (name, raw[:4]) not in seen, "one key has signed twice")
        seen.add((name, raw[:4]))
        for key in keys:
            if key_of(key)[:2] == (name, raw[:4]):
                signed(key_of(key)[2], body.encode(), raw[4:])
                good.append(key)
    return body, good


def checkpoint(text, keys):
    body, good = note(text, keys)
    found = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n", body)
    need(found and int(found[2]) <= 1 << 48, "no checkpoint")
    need(any(key_of(k)[0] == found[1] for k in good), "signature is not by this key")
    return found[1], int(found[2]), hash_of(found[3])


def all_keys(handovers, last):
    keys = []
    for text in handovers:
        lines = text.split("\n")
        need(len(lines) > 4 and lines[0] == "reoptin ledger key handover 1" and lines[1] != lines[2], "no handover")
        body, good = note(text, lines[1:3])
        need(body == "\n".join(lines[:3]) + "\n" and set(good) == set(lines[1:3]), "a handover is not signed by both")
        need(key_of(lines[1])[0] == key_of(lines[2])[0] and lines[1] == (keys or [lines[1]])[-1] and lines[2] not in keys, "handovers out of order")
        keys = (keys or [lines[1]]) + [lines[2]]
    need(not keys or keys[-1] == last, "the handovers do not lead to the key")
    return keys or [last]


def trusted(b, given):
    need(b.get("handovers") != [], "handovers is empty")
    keys = all_keys(b.get("handovers", []), b["key"])
    given = given.strip()
    need(given in ("", "-") or given in keys, "another key than the one given")
    return keys


# --- section 5: rows


def text_of(b):
    return struct.pack(">Q", len(b)) + b


def digest(table, rows):
    sums = []
    for row in rows:
        out = text_of(table.encode()) + struct.pack(">Q", len(row))
        for name, kind, value in row:
            out += text_of(name.encode()) + kind.encode()
            out += {"n": lambda v: b"", "i": lambda v: struct.pack(">q", v), "s": lambda v: text_of(v.encode()), "b": lambda v: text_of(unbase64(v))}[kind](value)
        sums.append(sha(out))
    return sha(*sorted(sums)).hex()


# --- section 6: the dossier

HEX = re.compile("[0-9a-f]{64}")
TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z")


def is_time(text):
    """Year 0 is of the proleptic calendar, which Python's begins after; it was a leap year, as 2000 was."""
    try:
        datetime.datetime.fromisoformat(text.replace("0000-", "2000-", 1)[:-1])
    except ValueError:
        return False
    return TIME.fullmatch(text) is not None


def mentioned(v, under=False, above=None, key=None):
    """Every hash in a payload, with whether it names a document, and what it is called if so."""
    if isinstance(v, str):
        return [(v, under, key if above == "documents" else None)] if HEX.fullmatch(v) else []
    items = v.items() if isinstance(v, dict) else [(None, w) for w in v] if isinstance(v, list) else []
    return [m for k, w in items for m in mentioned(w, under or k in ("document", "documents"), key, k)]


def entry(e, size, root):
    fields(e, seq=int, kind=str, at=str, leaf=str, salt=[str], payload=[str], proof=list)
    leaf = fields(parse(e["leaf"]), c=str, seq=int, t=str, ts=str, v=int)
    need(canonical(leaf) == e["leaf"] and leaf["v"] == 1 and is_time(leaf["ts"]), "the leaf is not canonical")
    need(re.fullmatch("[a-z0-9._-]{1,64}", leaf["t"]), "the leaf's kind is out of bounds")
    need((leaf["seq"], leaf["t"], leaf["ts"]) == (e["seq"], e["kind"], e["at"]), "the entry is not what its leaf says")
    need(all(isinstance(h, str) for h in e["proof"]) and len(e["proof"]) <= 64, "the proof is malformed")
    included(size, root, e["seq"], sha(b"\x00", e["leaf"].encode()), [hash_of(h) for h in e["proof"]])
    if "salt" not in e and "payload" not in e:
        return []
    need(e.get("salt") and e.get("payload"), "salt or payload is missing")
    made = hmac.new(hash_of(e["salt"]), e["payload"].encode(), hashlib.sha256).digest()
    need(base64.urlsafe_b64encode(made).decode().rstrip("=") == leaf["c"], "payload does not match its commitment")
    payload = parse(e["payload"])
    need(isinstance(payload, dict) and canonical(payload) == e["payload"], "the payload is not canonical")
    rows = payload.pop("rows", None)
    need(rows is None or isinstance(rows, dict), "rows is malformed")
    for r in (rows or {}).values():
        fields(r, n=int, sha256=str)
        need(0 < r["n"] < 1 << 63 and HEX.fullmatch(r["sha256"]), "rows is malformed")
    return mentioned(payload)


def dossier(b, key):
    fields(b, format=str, origin=str, key=str, checkpoint=str, handovers=[list], entries=list, documents=list, made_at=str, software=str)
    need(b["format"] == "reoptin-proof/1" and is_time(b["made_at"]), "format or made_at")
    keys = trusted(b, key)
    origin, size, root = checkpoint(b["checkpoint"], keys[-1:])
    need(origin == b["origin"] and b["entries"], "origin, or no entry")
    seen, hashes, documents = {}, [], set()
    for e in b["entries"]:
        hashes += entry(e, size, root)
        need(e["seq"] not in seen, "an entry comes twice")
        seen[e["seq"]] = e["at"]
    need([seen[s] for s in sorted(seen)] == sorted(seen.values()), "time runs backwards")
    for d in b["documents"]:
        fields(d, sha256=str, name=str, language=str, media=str, content=str)
        need(len(d["name"].encode()) <= 255 and len(d["language"].encode()) <= 255, "a name or language is too long")
        content = d["content"].encode() if d["media"].startswith("text/") else unbase64(d["content"])
        need(sha(content).hex() == d["sha256"] and d["sha256"] not in documents, "a document is not what its hash says, or comes twice")
        documents.add(d["sha256"])
        names, parts = {name for h, _, name in hashes if h == d["sha256"] and name}, d["name"].split(".")
        need(not names or d["name"] in names and (len(parts) != 3 or parts[1] == d["language"]), "a document is under another name or language")
    need(documents <= {h for h, _, _ in hashes} and {h for h, named, _ in hashes if named} <= documents, "documents are missing or beside the point")


def consistency(b, key):
    fields(b, format=str, origin=str, key=str, handovers=[list], older=str, newer=str, proof=list)
    keys = trusted(b, key)
    older, newer = checkpoint(b["older"], keys), checkpoint(b["newer"], keys)
    need(older[0] == newer[0] == b["origin"] and len(b["proof"]) <= 64, "origin")
    consistent(older[1], older[2], newer[1], newer[2], [hash_of(h) for h in b["proof"]])


def verify(text, key):
    b = parse(text)
    need(isinstance(b, dict), "not a JSON object")
    if b.get("format") != "reoptin-consistency/1":
        return dossier(b, key)
    need(len(text.encode()) <= 1 << 20, "longer than 1 MiB")
    return consistency(b, key)


# --- the vectors


def passes(check, *args):
    try:
        check(*args)
    except Refused:
        return False
    return True


def vectors(path):
    with open(path, encoding="utf-8") as f:
        v = json.load(f)
    leaves = [sha(b"\x00", b"leaf %d" % i) for i in range(70)]
    roots = {t["size"]: hash_of(t["root"]) for t in v["tree"]}
    bad = [t for t in v["canonical"] if passes(lambda: need(canonical(parse(t["text"])) == t["text"], "")) != t["ok"]]
    for t in v["leaf"]:
        made = base64.urlsafe_b64encode(hmac.new(hash_of(t["salt"]), t["payload"].encode(), hashlib.sha256).digest()).decode().rstrip("=")
        if made != json.loads(t["leaf"])["c"] or sha(b"\x00", t["leaf"].encode()) != hash_of(t["hash"]):
            bad.append(t)
    bad += [t for t in v["tree"] if root_of(leaves[: t["size"]]) != hash_of(t["root"])]
    for t in v["inclusion"]:
        proof, at = [hash_of(h) for h in t["proof"]], (t["size"], roots[t["size"]])
        if not passes(included, *at, t["seq"], leaves[t["seq"]], proof) or passes(included, *at, t["seq"], leaves[69], proof):
            bad.append(t)
    for t in v["consistency"]:
        proof = [hash_of(h) for h in t["proof"]]
        if not passes(consistent, t["older"], roots[t["older"]], t["size"], roots[t["size"]], proof) or passes(consistent, t["older"], roots[0], t["size"], roots[t["size"]], proof):
            bad.append(t)
    bad += [t for t in v["digest"] if digest(t["table"], t["rows"]) != t["sha256"]]
    bad += [t for t in v["checkpoint"] if passes(checkpoint, t["note"], [t["key"]]) != t["ok"]]
    for t in v["file"]:
        with open(os.path.join(os.path.dirname(path), t["file"]), encoding="utf-8", newline="") as f:
            text = f.read()
        if passes(verify, text.replace(t["old"], t["new"], 1), t["key"]) != t["ok"]:
            bad.append(t)
    bad += [t for t in v["whole"] if "text" in t and passes(verify, t["text"], t["key"]) != t["ok"]]
    for t in bad:
        print("not as it should be:", json.dumps(t)[:300])
    print(sum(map(len, v.values())), "vectors,", "all as they should be" if not bad else "some are not")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if sys.argv[1] == "vectors":
        sys.exit(vectors(sys.argv[2]))
    with open(sys.argv[2], "rb") as file:
        try:
            verify(decoded(file.read()), sys.argv[1])
        except Refused as why:
            sys.exit("does not verify: %s" % why)
    print("verifies")
