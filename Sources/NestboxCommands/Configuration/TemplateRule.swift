// SPDX-License-Identifier: Apache-2.0

/// The isolation driver of a template, as it stands in a configuration: `TEMPLATE=DRIVER`.
enum TemplateRule {
    static func pair(_ text: String) throws(ValueError) -> (template: String, driver: String) {
        guard let equals = text.lastIndex(of: "=") else {
            throw ValueError("'\(text)' is no template with its driver; write TEMPLATE=DRIVER, such as base=gvisor")
        }
        let (template, driver) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
        guard !driver.isEmpty else { throw ValueError("'\(text)' has no driver behind '='") }
        guard !template.isEmpty else { throw ValueError("'\(text)' has no template in front of '='") }
        try NameRule.check(driver)
        return (template, driver)
    }
}
