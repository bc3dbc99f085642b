// The file that most cases are about, what is wrong with it, and what models answer.
export const source = `export function total(prices: number[]): number {
  let sum = 0;
  for (const price of prices) sum += prise;
  return sum;
}
`;
export const fixed = source.replace("prise", "price");
export const reply = `The name is misspelt.

shop.ts
<<<<<<< SEARCH
  for (const price of prices) sum += prise;
=======
  for (const price of prices) sum += price;
>>>>>>> REPLACE
`;
export const quota = [{ preset: "quota_per_day" }];
export const ok = [{ ok: reply }];
export const title = "Auto-fix with AI: Cannot find name 'prise'";
