# SPDX-License-Identifier: Apache-2.0
"""Bodies that are refused, with status and code."""

MALFORMED = [
    (b'{"code": ', 400, "invalid_json"), (b"\xff\xfe", 400, "invalid_json"), (b"[" * 5000, 400, "invalid_json"),
    (b"{}", 400, "missing_code"), (b'{"code": 5}', 400, "invalid_field"), (b'{"code": "1", "timeout": 5}', 400, "unknown_field"),
    (b'{"code": "1", "markdown": "x"}', 400, "conflicting_fields"),
    (b'{"code": "1", "language": "cobol-2000"}', 422, "unknown_language"),
    (b'{"code": "1", "language": "python", "limits": {"memory_bytes": 0}}', 422, "invalid_limit"),
    (b'{"code": "1", "language": "python", "files": [{"path": "../x", "content": ""}]}', 422, "invalid_path"),
    (b'{"code": "1", "language": "python", "env": {"A=B": ""}}', 422, "invalid_environment"),
    (b'{"markdown": "Just prose."}', 422, "no_code_blocks"),
]
