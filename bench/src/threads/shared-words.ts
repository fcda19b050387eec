/** The layout of the memory of contenders/bare-shared-memory.ts. ASKED and ANSWERED count calls. */
export const ASKED = 0;
export const ANSWERED = 1;
export const ARGUMENT = 2;
export const RESULT = 3;
export const WORDS = 4;
