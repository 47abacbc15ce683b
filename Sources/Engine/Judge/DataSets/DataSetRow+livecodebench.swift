// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

extension DataSetTask.Row {
    /// What LiveCodeBench puts before every answer.
    private static let prelude = """
        from string import *
        from re import *
        from datetime import *
        from collections import *
        from heapq import *
        from bisect import *
        from copy import *
        from math import *
        from random import *
        from statistics import *
        from itertools import *
        from functools import *
        from operator import *
        from io import *
        from sys import *
        from json import *
        from builtins import *
        from typing import *
        import string
        import re
        import datetime
        import collections
        import heapq
        import bisect
        import copy
        import math
        import random
        import statistics
        import itertools
        import functools
        import operator
        import io
        import sys
        import json
        sys.setrecursionlimit(50000)
        """

    private struct Case: Decodable {
        let input: String
        let output: String
        let testtype: String?
    }

    private func cases(_ name: String) throws(RequestError) -> [Case] {
        guard let value = fields[name] else { return [] }
        let data: Data? =
            (value as? String).map { Data($0.utf8) } ?? (try? JSONSerialization.data(withJSONObject: value))
        guard let data, let cases = try? JSONDecoder().decode([Case].self, from: data) else {
            throw RequestError(
                .invalidField,
                "'\(name)' of a row of livecodebench is a list of input, output and testtype, or the text of one; what is compressed "
                    + "and pickled has to be decoded first", field: name)
        }
        return cases
    }

    func liveCodeBench() throws(RequestError) -> DataSetTask {
        let id = (fields["question_id"] as? String) ?? (fields["task_id"] as? String) ?? ""
        let cases = try cases("public_test_cases") + cases("private_test_cases")
        guard !cases.isEmpty else {
            throw RequestError(
                .invalidField, "a row of livecodebench has cases in 'public_test_cases' or 'private_test_cases'",
                field: "public_test_cases")
        }
        let starter = fields["starter_code"] as? String ?? ""
        guard !starter.isEmpty, cases.contains(where: { $0.testtype != "stdin" }) else {
            return DataSetTask(
                id: id, format: .liveCodeBench, language: nil,
                judge: .cases(cases.map { CodingTask.Case(stdin: $0.input, stdout: $0.output) }), reference: nil)
        }
        guard let name = functionName(starter) else {
            throw RequestError(
                .invalidField, "the name of the function is neither in 'metadata' nor in 'starter_code'",
                field: "metadata")
        }
        let rows = cases.map { [$0.input, $0.output] }
        let data = (try? JSONEncoder().encode(rows)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
        let literal = (try? JSONEncoder().encode(data)).map { String(decoding: $0, as: UTF8.self) } ?? "\"[]\""
        let tests = """
            import json
            _solve = Solution().\(name)
            for _input, _output in json.loads(\(literal.replacing("\\/", with: "/"))):
                _result = _solve(*[json.loads(line) for line in _input.split("\\n") if line.strip()])
                if isinstance(_result, tuple):
                    _result = list(_result)
                assert _result == json.loads(_output), "the answer to %s" % _input[:200]

            """
        return DataSetTask(
            id: id, format: .liveCodeBench, language: "python",
            judge: .unitTests(
                UnitTestProblem(
                    id: id, language: "python", prompt: "", entryPoint: "Solution", setup: Self.prelude, tests: tests)),
            reference: nil)
    }

    private func functionName(_ starter: String) -> String? {
        if let metadata = fields["metadata"] as? String,
            let object = try? JSONSerialization.jsonObject(with: Data(metadata.utf8)) as? [String: Any],
            let name = object["func_name"] as? String
        {
            return name
        }
        return starter.matches(of: /def\s+([A-Za-z_]\w*)\s*\(/).last.map { String($0.output.1) }
    }
}
