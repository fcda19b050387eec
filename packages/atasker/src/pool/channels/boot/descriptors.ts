/** The descriptors of a process besides the standard ones: the socket for messages, and the pipe of its watchdog. */
export const SOCKET_FD = 3;
export const PIPE_FD = 4;

/** The line on the pipe that says that the process exits. */
export const EXITING_LINE = '!';

/**
 * This variable is set in the environment of a process until the process has begun to boot. A program that still finds
 * the variable when it evaluates the library was started in place of a process of a pool (impostor.ts).
 */
export const MEMBER_VARIABLE = 'ATASKER_MEMBER';
