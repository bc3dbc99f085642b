// Holds recorded conversations against the meta model and prints what is wrong, one complaint a line.
// Usage: check.mjs META_MODEL RECORD… (META_MODEL: where install.sh made it). Exits 1 when anything is wrong.
import { existsSync } from "node:fs";
import { check_conversations } from "./conversation.mjs";
import { load_model } from "./model.mjs";
import { read_record } from "./record.mjs";

const [folder, ...records] = process.argv.slice(2);
if (records.length === 0) {
  console.error("usage: check.mjs META_MODEL RECORD…");
  process.exit(2);
}
const model = load_model(folder);
let wrong = 0;
let checked = 0;
for (const record of records) {
  const { complaints, messages } = check_conversations(model, existsSync(record) ? read_record(record) : []);
  for (const complaint of complaints) console.log(records.length > 1 ? `${record}: ${complaint}` : complaint);
  wrong += complaints.length;
  checked += messages;
}
console.error(`${checked} messages of servers, ${wrong} complaints`);
process.exit(wrong > 0 ? 1 : 0);
