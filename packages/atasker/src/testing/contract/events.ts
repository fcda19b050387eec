import type { SupervisorEvents, Task, TaskSupervisor } from 'atasker';

/** Resolves when `count` tasks have started. */
export function whenStarted(supervisor: TaskSupervisor, count: number): Promise<Task[]> {
  return collect(supervisor, 'taskStarted', count).then((events) => events.map(({ task }) => task));
}

/** Resolves with the first `count` events. */
export function collect<E extends keyof SupervisorEvents>(
  supervisor: TaskSupervisor,
  event: E,
  count: number,
): Promise<SupervisorEvents[E][]> {
  const events: SupervisorEvents[E][] = [];
  const alive = setInterval(() => {}, 1_000_000); // an idle supervisor does not keep the program alive
  return new Promise((resolve) => {
    const listener = (payload: SupervisorEvents[E]): void => {
      events.push(payload);
      if (events.length < count) return;
      supervisor.off(event, listener);
      clearInterval(alive);
      resolve(events);
    };
    supervisor.on(event, listener);
  });
}

/** One turn of the event loop: what has been asked for by now has begun. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
