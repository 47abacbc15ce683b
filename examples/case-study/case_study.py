# SPDX-License-Identifier: Apache-2.0
"""case_study.py: uploads a data set, runs a model's recorded tool call in a sandbox, prints the answer and the times.

E2B_API_URL, E2B_SANDBOX_URL and E2B_API_KEY say where the sandboxes are; see README.md.
"""
import json
import pathlib
import time

from e2b_code_interpreter import Sandbox

from sandbox_tool import DATA, QUESTION, call_tool

# What a model answered to the question, as it came.
CALL = json.loads(pathlib.Path(__file__).with_name("tool_call.json").read_text())


def main():
    print(QUESTION)
    began = time.monotonic()
    with Sandbox.create() as sandbox:
        created = time.monotonic()
        sandbox.files.write("/home/user/salaries.csv", DATA.read_bytes())
        uploaded = time.monotonic()
        answer = call_tool(sandbox, CALL["function"]["name"], CALL["function"]["arguments"])
        answered = time.monotonic()
    ended = time.monotonic()
    print(answer)
    print(
        f"\nelapsed: {answered - began:.3f} s (create {created - began:.3f}, upload {uploaded - created:.3f}, "
        f"run {answered - uploaded:.3f}; removed after another {ended - answered:.3f})")


if __name__ == "__main__":
    main()
