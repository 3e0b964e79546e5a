import { ProblemCollector } from "../contracts/problems.ts";
import type { Environment } from "./model/environment.ts";
import { serviceSchema } from "./model/service.ts";

/** Variable by which a command tells the program which images to try, as JSON by service. */
export const IMAGES_VARIABLE = "CAUSEWAY_IMAGES";

/** Kinds of environments in which an image may be tried that is written in no file: nobody else depends on them. */
const TRIAL_KINDS: readonly Environment["kind"][] = ["local", "dev", "preview"];

/**
 * The same environment with other images than its file says, to try them out.
 *
 * @param images by service
 * @throws ProblemsError when the environment is not for trials, a service does not exist, or an image has no digest
 */
export function withImages(
  environment: Environment,
  images: Readonly<Record<string, string>> | undefined,
): Environment {
  if (images === undefined) return environment;
  const problems = new ProblemCollector(`environment ${environment.name}`);
  problems.require(
    TRIAL_KINDS.includes(environment.kind),
    "image",
    "it runs only what is written in environments/.",
    "Change the image there, and have the change reviewed.",
  );
  for (const [name, image] of Object.entries(images)) {
    const known = environment.services.some((service) => service.name === name);
    problems.require(known, "services", `there is no service "${name}".`, "Check the name.");
    const parsed = serviceSchema.shape.image.safeParse(image);
    problems.require(
      parsed.success,
      `services.${name}.image`,
      `"${image}" is not an image by digest.`,
      "Write repository@sha256:<64 hex digits>; a tag can move under a running release.",
    );
  }
  problems.throwIfAny(`The image cannot be tried in ${environment.name}`);
  return {
    ...environment,
    services: environment.services.map((service) => ({ ...service, image: images[service.name] ?? service.image })),
  };
}

/** The images that a command asks to try; none where the variable is not set. */
export function imagesToTry(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> | undefined {
  const text = env[IMAGES_VARIABLE];
  return text === undefined || text === "" ? undefined : (JSON.parse(text) as Record<string, string>);
}
