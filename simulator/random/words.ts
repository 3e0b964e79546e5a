/** The words that pet names are made of. */
export const ADVERBS: readonly string[] = (
  "barely boldly bravely briefly brightly briskly calmly carefully cheerfully cleanly clearly closely " +
  "deeply directly duly eagerly early easily evenly fairly faintly firmly freely freshly fully gently " +
  "gladly gravely greatly happily hardly highly honestly jointly justly keenly kindly largely lately " +
  "lightly likely loosely loudly mainly merely mildly mostly nearly neatly newly nicely openly partly " +
  "plainly politely promptly properly purely quickly quietly rapidly rarely readily really richly " +
  "sharply shortly simply slowly smoothly softly solely steadily sternly strongly suitably surely " +
  "swiftly tightly truly usually vastly vividly warmly wholly widely wisely"
).split(" ");

export const ADJECTIVES: readonly string[] = (
  "able active agile alert amber ample apt awake bold brave brief bright brisk calm careful central " +
  "charming cheerful civil clean clear clever close cosmic crisp curious daring dear deep direct eager " +
  "early easy equal even evident exact fair faithful famous fast fine firm fit fleet fond free fresh " +
  "full gentle genuine glad golden grand great handy happy hardy helpful honest humble ideal keen " +
  "kind large lasting lively logical loyal lucky merry mighty modern modest neat new " +
  "nice nimble noble novel open patient plain pleasant polite popular precise prime proper proud " +
  "pure quick quiet rapid rare ready refined regular rich robust round safe settled sharp sincere " +
  "smart smooth social solid sound stable steady still strong subtle sunny super sure sweet " +
  "swift tender tidy tight tough trusty upright useful valid viable vital vocal warm welcome whole wise"
).split(" ");

export const ANIMALS: readonly string[] = (
  "adder alpaca ant antelope ape badger bass bat bear beaver bee beetle bird bison boar buck bug bull " +
  "burro camel caribou cat catfish chamois chicken chipmunk cicada clam cobra cod colt condor cow coyote " +
  "crab crane cricket crow cub deer dingo dodo doe dog dolphin donkey dove drake duck eagle eel egret elk " +
  "emu ewe falcon fawn ferret finch fish flamingo fly fox frog gannet gazelle gecko gibbon giraffe goat " +
  "goose gopher grouse gull hamster hare hawk hen heron herring hippo hornet horse husky ibex iguana " +
  "impala insect jackal jaguar jay kangaroo katydid kid kit kite kitten koala lab lamb lark lemming lemur " +
  "leopard liger lion lizard llama lobster loon lynx macaque magpie mako mallard mammoth marlin " +
  "marmot marten martin mastiff meerkat midge mink minnow mole monarch mongoose monkey moose moth mouse " +
  "mudfish mule muskox mustang newt octopus orca oriole osprey ostrich otter owl ox oyster panda panther " +
  "parrot peacock pelican penguin perch pheasant pigeon pika piranha polecat pony poodle possum " +
  "prawn puma pup python quagga quail rabbit raccoon ram raptor rat raven ray redfish reindeer rhino robin " +
  "rooster sailfish salmon seal serval shark sheep shepherd shrew shrimp skink skunk skylark sloth " +
  "slug snail snake snipe sole spaniel sparrow spider squid squirrel stag starfish starling stingray stork " +
  "stud sturgeon swan swift tahr tapir teal termite terrier tetra tick tiger titmouse toad tomcat " +
  "toucan treefrog trout tuna turkey turtle unicorn urchin viper vulture wahoo wallaby walleye walrus " +
  "warthog wasp weasel weevil whale whippet wildcat wolf wombat woodcock worm wren yak zebra"
).split(" ");
