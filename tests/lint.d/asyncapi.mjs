// What AsyncAPI's own parser says of a document; status 1 when it finds an error.
//   asyncapi.mjs <document>
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_PACKAGES}/`);
const { Parser } = require("@asyncapi/parser");
const { ProtoBuffSchemaParser } = require("@asyncapi/protobuf-schema-parser");

const path = process.argv[2];
const parser = new Parser();
parser.registerSchemaParser(ProtoBuffSchemaParser());
const { document, diagnostics } = await parser.parse(readFileSync(path, "utf8"), { source: path });
const found = diagnostics.filter((diagnostic) => diagnostic.severity <= 1);
for (const { path: where, message } of found)
  console.log(`${path}: ${where.join(".")}: ${message}`);
if (document === undefined || found.length > 0) process.exit(1);
console.log(`${document.allMessages().length} messages`);
