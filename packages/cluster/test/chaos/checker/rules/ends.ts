import type { EventOf } from '../history.ts';
import type { Rule } from '../rule.ts';

/** Every accepted task ends exactly once, and all who are told of its end are told the same. */
export const ends: Rule = {
  name: 'every accepted task ends once, and the same for all',
  start({ world, programs, broken }) {
    const seen = new Map<string, EventOf<'endSeen'>>();
    const waitingFor = new Map<string, EventOf<'acceptedSeen'>>();
    const keyOf = ({ submitter, id }: { submitter: string; id: string }): string => `${submitter} ${id}`;
    return {
      acceptedSeen(event) {
        if (!world.tasks.has(event.id))
          broken('its submitter was told that it is accepted, and the store did not have it', event.id);
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
      end() {
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
          if (!programs.isDown(submitter)) broken(`${submitter} was not told of its end`, id);
        }
      },
    };
  },
};

function wordOf({ end, payload }: { readonly end: string; readonly payload: string }): string {
  return `${end} ${payload.slice(0, 80)}`;
}
