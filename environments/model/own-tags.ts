import { z } from "zod";
import { DATA_CLASSES } from "../../contracts/tags.ts";

/** What a service says of itself where it differs from its environment's tags. */
export const ownTagsSchema = z
  .strictObject({
    /** Owner, from `organisation.ts`. @default the environment's */
    owner: z.string().optional(),
    /** Cost centre, from `organisation.ts`. @default the environment's */
    costCentre: z.string().optional(),
    /** Class of the data the service itself keeps. @default "none" */
    dataClass: z.enum(DATA_CLASSES).default("none"),
  })
  .prefault({});
