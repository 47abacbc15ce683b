// SPDX-License-Identifier: Apache-2.0
import NestboxCommands

await CommandLineTool.main()
