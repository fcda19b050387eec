import type { EventOf } from '../history.ts';
import type { Rule } from '../rule.ts';

/** Every accepted task ends exactly once, and all who are told of its end are told the same. */
export const ends: Rule = {
  name: 'every accepted task ends once, and the same for all',
  start({ world, programs, broken }) {
    const seen = new Map<string, EventOf<'endSeen'>>();
    const settled = new Map<string, EventOf<'handleSettled'>>();
    const accepted: EventOf<'acceptedSeen'>[] = [];
    const cancelled = new Set<string>();
    const withHandles = new Set<string>();
    const waitingFor = new Map<string, EventOf<'acceptedSeen'>>();
    const keyOf = ({ submitter, id }: { submitter: string; id: string }): string => `${submitter} ${id}`;

    /**
     * A task that was cancelled before the store had it has a handle only. A handle that was cancelled says so, as it does
     * without a cluster, also if the function returned before its node was told.
     */
    function lookAtHandles(): void {
      for (const { id, submitter, end, mark } of settled.values()) {
        const inStore = world.tasks.get(id)?.end;
        if (!inStore || (end === 'canceled' && cancelled.has(id))) continue;
        if (inStore.end !== end || !inStore.payload.includes(mark)) {
          broken(`its handle in ${submitter} has ${end} ${mark}, and the store ${wordOf(inStore)}`, id);
        }
      }
      for (const { id, submitter } of accepted) {
        const hasHandles = withHandles.has(submitter) && !programs.wasKilled(submitter);
        if (hasHandles && !settled.has(keyOf({ submitter, id })))
          broken(`its handle in ${submitter} has not settled`, id);
      }
    }

    return {
      acceptedSeen(event) {
        if (!world.tasks.has(event.id))
          broken('its submitter was told that it is accepted, and the store did not have it', event.id);
        accepted.push(event);
        waitingFor.set(keyOf(event), event);
      },
      ended({ id }) {
        const task = world.tasks.get(id);
        if (task === undefined) broken('it has ended, and was never accepted', id);
        else if (task.end !== null) broken('it has ended twice in the store', id);
      },
      endSeen(event) {
        const { id, end, payload } = event;
        const before = seen.get(id) ?? event;
        if (before.end !== end || before.payload !== payload)
          broken(`two ends were told: ${wordOf(before)} and ${wordOf(event)}`, id);
        seen.set(id, event);
        waitingFor.delete(keyOf(event));
      },
      cancelCalled: ({ id }) => void cancelled.add(id),
      handleSettled(event) {
        if (settled.has(keyOf(event))) broken(`its handle in ${event.submitter} has settled twice`, event.id);
        settled.set(keyOf(event), event);
        withHandles.add(event.submitter);
      },
      end() {
        lookAtHandles();
        for (const { id, end } of world.tasks.values()) {
          const told = seen.get(id);
          if (end === null) broken('it has not ended', id);
          else if (told === undefined) broken('nobody was told of its end', id);
          else if (told.end !== end.end || told.payload !== end.payload) {
            broken(`the store has ${wordOf(end)} as its end, and told was ${wordOf(told)}`, id);
          }
        }
        for (const id of seen.keys())
          if (!world.tasks.has(id)) broken('an end was told, and the store never had it', id);
        for (const { submitter, id } of waitingFor.values()) {
          const isTold = programs.wasKilled(submitter) || withHandles.has(submitter); // what handles are told is looked at above
          if (!isTold) broken(`${submitter} was not told of its end`, id);
        }
      },
    };
  },
};

function wordOf({ end, payload }: { readonly end: string; readonly payload: string }): string {
  return `${end} ${payload.slice(0, 80)}`;
}
