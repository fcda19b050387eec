/** What rows/import.ts compares with. */
// oxlint-disable-next-line unicorn/require-module-specifiers -- empty is what it has to be
export {};
