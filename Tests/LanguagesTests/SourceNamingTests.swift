// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Languages

@Suite("Names of source files")
struct SourceNamingTests {
    private func pack(_ name: String) throws -> LanguagePack { try #require(LanguageCatalog.builtIn().pack(named: name)) }

    @Test(arguments: [
        ("public class Salary { public static void main(String[] args) {} }", "Salary.java", "Salary"),
        ("class A { } class B { public static void main(String[] a) {} }", "B.java", "B"),
        ("public class Solution { int f() { return 1; } }\nclass Main { static void main(String... a) {} }", "Solution.java", "Main"),
        ("package com.example.app;\npublic class App { public static void main(String[] args) {} }", "App.java", "com.example.app.App"),
        ("// public class Wrong {}\n/* class Wrong2 {} */ class Right { String s = \"class No {\"; public static void main(String[] a) {} }", "Right.java", "Right"),
        ("class Outer { static class Inner { public static void main(String[] a) {} } }", "Outer.java", "Outer"),
        ("public final strictfp class X<T extends Comparable<T>> { }", "X.java", "X"),
        ("public enum Level { LOW; public static void main(String[] a) {} }", "Level.java", "Level"),
        ("public record Point(int x, int y) { }", "Point.java", "Point"),
        ("@interface Mark {}\npublic interface Shape { double area(); }", "Shape.java", "Shape"),
        ("class Use { Class<?> c = Use.class; static public final void main(String[] a) {} }", "Use.java", "Use"),
        ("class New { void main() { } }", "New.java", "New"),
        ("", "Main.java", "Main"),
        ("int x = 1;", "Main.java", "Main"),
        ("class { } } } class Z {", "Z.java", "Z"),
    ])
    func javaFilesAreNamedAfterTheirClass(code: String, file: String, mainClass: String) throws {
        let java = try pack("java")
        #expect(java.sourceFileName(for: code) == file)
        #expect(java.mainClass(of: code) == mainClass)
    }

    @Test(arguments: [
        ("console.log(1)", "main.js"),
        ("import fs from 'fs';\nfs.x();", "main.mjs"),
        ("import 'x';", "main.mjs"),
        ("import { a } from './a.js';", "main.mjs"),
        ("export default 5;", "main.mjs"),
        ("export { x };", "main.mjs"),
        ("const x = await f();", "main.mjs"),
        ("console.log(await f());", "main.mjs"),
        ("for (const x of xs) { import('y'); }", "main.js"),
        ("import('y').then(f);", "main.js"),
        ("async function f() { await g(); }", "main.js"),
        ("const f = async () => await g();", "main.js"),
        ("exports.x = 1; module.exports = 2;", "main.js"),
        ("// import x from 'y'\nconst s = `\nimport x from 'y'\n`;", "main.js"),
        ("const o = { await: 1 }; o.await (2);", "main.js"),
    ])
    func javascriptModulesGetTheirExtension(code: String, file: String) throws {
        #expect(try pack("javascript").sourceFileName(for: code) == file)
    }

    @Test(arguments: [
        ("python", nil, "main.py"), ("python", "tool", "tool"), ("python", "a/b.txt", "a/b.txt"), ("c", "x.c", "x.c"),
        ("c", "answer.txt", "main.c"), ("c", "src/answer", "src/main.c"), ("typescript", "a/x.TS", "a/x.TS"),
        ("java", "Foo.java", "Foo.java"), ("java", "code", "Bar.java"), ("javascript", "x.cjs", "x.cjs"), ("javascript", "x", "main.js"),
    ] as [(String, String?, String)])
    func callersKeepTheirNamesWhereTheToolchainTakesThem(language: String, name: String?, expected: String) throws {
        #expect(try pack(language).sandboxName(for: name, code: "class Bar {}") == expected)
    }

    @Test func onlyFilesOfTheLanguageAreSources() throws {
        let files = ["util.h", "z.c", "main.c", "data.csv", "sub/a.C", "Makefile", ".c"]
        #expect(try pack("c").sources(among: files, entry: "main.c") == ["main.c", "sub/a.C", "z.c"])
    }
}
