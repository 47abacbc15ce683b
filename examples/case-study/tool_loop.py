# SPDX-License-Identifier: Apache-2.0
"""tool_loop.py [--api openai|ollama] [--endpoint URL] [--model NAME] [QUESTION]: a model answers a question about a data
set by running code in a sandbox, as often as it likes.

Speaks with any endpoint of OpenAI's or Ollama's form. Nothing but the E2B SDK is needed beyond the standard library.
"""
import argparse
import json
import os
import time
import urllib.request

from e2b_code_interpreter import Sandbox

from sandbox_tool import DATA, QUESTION, TOOL, call_tool

ENDPOINTS = {"openai": "http://localhost:11434/v1", "ollama": "http://localhost:11434"}
PATHS = {"openai": "/chat/completions", "ollama": "/api/chat"}


def ask(arguments, messages):
    """The model's next message."""
    body = {"model": arguments.model, "messages": messages, "tools": [TOOL], "stream": False}
    headers = {"Content-Type": "application/json"}
    if os.environ.get("OPENAI_API_KEY"):
        headers["Authorization"] = f"Bearer {os.environ['OPENAI_API_KEY']}"
    url = (arguments.endpoint or ENDPOINTS[arguments.api]).rstrip("/") + PATHS[arguments.api]
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=arguments.timeout) as response:
        answer = json.load(response)
    return answer["choices"][0]["message"] if arguments.api == "openai" else answer["message"]


def tool_message(api, call, result):
    """A tool's result as the model's API wants it told."""
    if api == "openai":
        return {"role": "tool", "tool_call_id": call["id"], "content": result}
    return {"role": "tool", "tool_name": call["function"]["name"], "content": result}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--api", choices=ENDPOINTS, default="openai")
    parser.add_argument("--endpoint", help="default: Ollama on this machine")
    parser.add_argument("--model", default="llama3.1")
    parser.add_argument("--rounds", type=int, default=8, help="most answers of the model")
    parser.add_argument("--timeout", type=float, default=300, help="seconds that one answer may take")
    parser.add_argument("question", nargs="?", default=QUESTION)
    arguments = parser.parse_args()

    messages = [
        {"role": "system", "content": "Answer with the help of the tool. The data set is /home/user/salaries.csv."},
        {"role": "user", "content": arguments.question},
    ]
    began = time.monotonic()
    with Sandbox.create() as sandbox:
        sandbox.files.write("/home/user/salaries.csv", DATA.read_bytes())
        for _ in range(arguments.rounds):
            message = ask(arguments, messages)
            messages.append(message)
            if not message.get("tool_calls"):
                print(message["content"])
                print(f"\nelapsed: {time.monotonic() - began:.3f} s")
                return
            for call in message["tool_calls"]:
                result = call_tool(sandbox, call["function"]["name"], call["function"]["arguments"])
                print(f"[{call['function']['name']}]\n{result}\n")
                messages.append(tool_message(arguments.api, call, result))
    raise SystemExit(f"the model gave no answer in {arguments.rounds} rounds")


if __name__ == "__main__":
    main()
