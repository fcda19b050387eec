/** What rows/import.ts compares with. */
// oxlint-disable-next-line unicorn/require-module-specifiers -- the module has to be empty
export {};
