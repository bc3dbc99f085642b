import { cases as lightBulb } from "./light_bulb.mjs";

export const all = { ...lightBulb };
