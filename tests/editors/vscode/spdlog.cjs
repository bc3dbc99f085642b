// Stands in for VS Code's native log writer: same interface, plain files, no rotation.
const fs = require("fs");
const path = require("path");

const levels = ["trace", "debug", "info", "warn", "error", "critical"];

class Logger {
  constructor(_type, _name, file) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.file = file;
    this.level = 2;
  }
  getLevel() {
    return this.level;
  }
  setLevel(level) {
    this.level = level;
  }
  setPattern() {}
  clearFormatters() {}
  flush() {}
  drop() {}
}
levels.forEach((name, level) => {
  Logger.prototype[name] = function (message) {
    // VS Code formats the lines itself where it cleared the formatters, and they end with a line break then.
    if (level >= this.level) fs.appendFileSync(this.file, message.endsWith("\n") ? message : `${name} ${message}\n`);
  };
});

exports.version = 11;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = exports.createAsyncRotatingLogger = async (name, file) => new Logger("rotating", name, file);
