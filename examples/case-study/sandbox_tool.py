# SPDX-License-Identifier: Apache-2.0
"""The tool `run_python_code`: code of a model, run in a sandbox by the unmodified E2B SDK."""
import json
import pathlib

DATA = pathlib.Path(__file__).resolve().parent.parent / "salaries" / "salaries.csv"
QUESTION = "What is the city with the highest average salary, and what is it?"

TOOL = {
    "type": "function",
    "function": {
        "name": "run_python_code",
        "description": "Runs Python in a stateful notebook. The data set is /home/user/salaries.csv.",
        "parameters": {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "The code of one cell."}},
            "required": ["code"],
        },
    },
}


def run_python_code(sandbox, code):
    """What the model is told about one cell: output, results, and the error if there was one."""
    execution = sandbox.run_code(code)
    parts = [*execution.logs.stdout, *execution.logs.stderr]
    parts += [result.text or f"({', '.join(result.formats())})" for result in execution.results]
    if execution.error:
        parts.append(f"{execution.error.name}: {execution.error.value}\n{execution.error.traceback}")
    return "".join(part if part.endswith("\n") else part + "\n" for part in parts).strip() or "(no output)"


def call_tool(sandbox, name, arguments):
    """One tool call of a model; a call that makes no sense is told to the model, who can do better."""
    if name != "run_python_code":
        return f"error: there is no tool '{name}'"
    try:
        arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
        code = arguments["code"]
    except (ValueError, KeyError, TypeError):
        return "error: the arguments must be a JSON object with the text 'code'"
    return run_python_code(sandbox, code)
