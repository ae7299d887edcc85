"""The stores: a process that holds tables, buckets, secrets and configs in moto, and every other AWS service that moto knows.

moto keeps everything in memory. So whatever a request changes in a table, a bucket, a secret or a config of the description comes back
with the answer, as *changes*; who asked writes them into the log before the answer goes out, and gives them back, in order, to the next
process. `client.Stores` is the other end of the socket, `server` the process; `frames` is what they say to each other.

| file | |
|---|---|
| client.py | `Stores`: what the gateway calls |
| frames.py | the protocol |
| server.py, `__main__.py` | the process: one request after the other |
| naming.py | which service, region and operation, bucket and key a request is for |
| emulator.py | moto without what it need not load or keep, and the way into it |
| tables.py, images.py, partiql.py | DynamoDB: changes of items, indexes, expiry; items as JSON; statements |
| items.py | plain values in DynamoDB's JSON |
| buckets.py, states.py, objects.py | S3: changes of objects; what moto keeps of them; their bytes in files |
| uploads.py, digests.py, posts.py | S3: uploads in parts; digests of bodies; what forms are answered |
| values.py, secrets.py, configs.py | what both hold; Secrets Manager; parameters of Systems Manager |

Changes, as they are in the log (`at` is in milliseconds; a name in front is the declared one):

- `{"table", "event": "INSERT|MODIFY|REMOVE", "keys", "new", "old", "user", "at"}`, images in DynamoDB's JSON
- `{"table", "event": "CLEAR", "at"}`: the table was made anew with another key
- `{"bucket", "event", "key", "version", "sequencer", "at", …}`: for `ObjectCreated:*` also `size`, `etag`, `file` and `state`; for
  `ObjectTagging:*`, `ObjectAcl:Put` and the event `null` (a lock) the object's `state` as it now is
- `{"secret", "name", "state", "at"}` and `{"config", "name", "state", "at"}`: all of it as it now is, `null` when it is gone; the
  declared name is `null` for what only a running function made

What is only in moto's memory, and gone with the process: every other service; tables and buckets that a function makes at run time, and
settings that it gives to declared ones; everything outside the app's region. Multipart uploads that are not complete are in files of their
own, and in no change.
"""
