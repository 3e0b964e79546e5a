/** Route tables, which are looked up by what they are associated with. */
import type { InvokeHandler } from "../invoke.ts";
import type { Json, JsonObject } from "../values.ts";
import { all, only, outputsOf, select } from "./lookup.ts";

const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";

/** By id, tags and filters, or by what it is associated with; the table tells its associations. */
const getRouteTable: InvokeHandler = (args, context) => {
  const associations = all(context, "aws:ec2/routeTableAssociation:RouteTableAssociation").map(outputsOf);
  const { subnetId, gatewayId } = args;
  const wanted = associations.find(
    (a) =>
      (subnetId !== undefined && a.subnetId === subnetId) || (gatewayId !== undefined && a.gatewayId === gatewayId),
  );
  const byAssociation = subnetId !== undefined || gatewayId !== undefined;
  const id = args.routeTableId ?? wanted?.routeTableId ?? (byAssociation ? "" : undefined);
  const found = only(
    `aws:ec2/getRouteTable ${JSON.stringify(args)}`,
    select(context, ROUTE_TABLE, { id, vpcId: args.vpcId }, lookedFor(args)),
  );
  return {
    id: found.id ?? "",
    arn: found.arn ?? "",
    routeTableId: found.id ?? "",
    vpcId: found.vpcId ?? "",
    ownerId: found.ownerId ?? context.account,
    tags: found.tagsAll ?? {},
    subnetId: subnetId ?? "",
    gatewayId: gatewayId ?? "",
    routes: Array.isArray(found.routes) ? found.routes : [],
    associations: associations
      .filter(({ routeTableId }) => routeTableId === found.id)
      .map((a) => ({
        routeTableAssociationId: a.id ?? "",
        routeTableId: a.routeTableId ?? "",
        subnetId: a.subnetId ?? "",
        gatewayId: a.gatewayId ?? "",
        main: false,
      })),
  };
};

function lookedFor({ tags, filters }: JsonObject): { tags?: Json; filters?: Json } {
  return { ...(tags === undefined ? {} : { tags }), ...(filters === undefined ? {} : { filters }) };
}

export const routeTableFunctions: Readonly<Record<string, InvokeHandler>> = {
  "aws:ec2/getRouteTable:getRouteTable": getRouteTable,
};
