#!/usr/bin/env node
// Starts the command line, in syntax that Node 10 parses: a Node too old for the program gets a sentence, not a SyntaxError.
"use strict";

const minimum = /\d+\.\d+/.exec(require("../package.json").engines.node)[0];
const [major, minor] = process.versions.node.split(".").map(Number);
const [minimumMajor, minimumMinor] = minimum.split(".").map(Number);

if (major < minimumMajor || (major === minimumMajor && minor < minimumMinor)) {
  process.stderr.write(
    `lamm: expected Node ${minimum} or later, got ${process.versions.node} (${process.execPath}). ` +
      "Install a newer one from https://nodejs.org.\n",
  );
  process.exitCode = 1;
} else {
  import("../dist/cli/main.js");
}
