/** The descriptors of a process beside the standard ones: the socket for messages, and the pipe of its watchdog. */
export const SOCKET_FD = 3;
export const PIPE_FD = 4;

/** The line on the pipe that says that the process exits. */
export const EXITING_LINE = '!';

/** Is set in the environment of a process until it has begun to boot: whoever finds it there runs in its place. */
export const MEMBER_VARIABLE = 'ATASKER_MEMBER';
