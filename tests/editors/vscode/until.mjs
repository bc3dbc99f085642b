/** In milliseconds: for a slow and busy machine. */
export const limit = Number(process.env.AUTOFIX_TEST_LIMIT ?? 60_000);

/** Waits until `holds` returns something true, and returns that. */
export async function until(what, holds, milliseconds = limit) {
  const end = performance.now() + milliseconds;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited ${milliseconds / 1000} s in vain: ${what}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
