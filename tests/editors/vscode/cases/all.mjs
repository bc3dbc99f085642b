import { cases as disturbed } from "./disturbed.mjs";
import { cases as failingTests } from "./failing_tests.mjs";
import { cases as firstSteps } from "./first_steps.mjs";
import { cases as lightBulb } from "./light_bulb.mjs";
import { cases as providers } from "./providers.mjs";
import { cases as untrusted } from "./untrusted.mjs";

export const all = { ...lightBulb, ...failingTests, ...providers, ...disturbed, ...firstSteps, ...untrusted };
