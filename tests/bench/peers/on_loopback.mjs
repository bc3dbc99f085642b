// node --import on_loopback.mjs PROGRAM: the program's server listens on loopback only, says its port on standard output,
// writes nothing else there, and ends when its standard input does.
import fs from "node:fs";
import net from "node:net";

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  this.once("listening", () => fs.writeSync(1, `${this.address().port}\n`));
  return listen.call(this, port, "127.0.0.1", ...rest.filter((argument) => typeof argument === "function"));
};
process.stdout.write = () => true;
process.stdin.on("end", () => process.exit(0)).resume();
