"""Given names that callers of many origins have: with one of them a bare answer in lower case is known for a name."""

_TEXT = """
aaliyah aaron abby abdul abdullah abigail abraham ada adaeze adam adele adrian adriana agnes ahmad ahmed aidan aiden
aileen aimee aisha akira alan alana albert alberto alejandra alejandro alessandra alex alexa alexander alexandra
alexis alfred alfredo ali alice alicia alina alisha alison alistair allan allen allison alma alonzo alvin alyssa
amal amanda amara amelia amina amir amit amy ana anastasia anders andre andrea andreas andres andrew andy aneesa
angela angelica angelina angelo angie angus anika anil anita anjali ann anna annabel anne annette annie anthony
antoine anton antonio anya archie ariana ariel arjun armando arnold arthur arturo asha ashley ashok astrid audrey
austin ava avery ayaan ayesha azizi barbara barney barry bartholomew beatrice beatriz becca becky belinda ben
benedict benjamin bennett benny bernadette bernard bernice bert beth bethany betsy betty beverly bianca billy blake
blanca bob bobbi bobby bonnie boris brad bradley brandon breanna brenda brendan brent brett brian briana bridget
britney brittany brooke bruce bruno bryan bryce bryony caitlin caleb callum calvin cameron camila camille candace
candice cara carl carla carlos carly carmen carol carole caroline carolyn carrie carter casey cassandra cassie
catalina caterina catherine cathy cecilia cedric celeste celia cesar chad chandra chantal charlene charles charlie
charlotte chelsea chen cheryl chidi chioma chloe chris christa christina christine christopher christy chuck ciara
cindy claire clara clarence clarissa claude claudia clayton cliff clifford clint clive cody colin colleen connor
conor conrad constance cora corey corinne courtney craig cristian cristina curtis cynthia daisy dale damian damien
damon dan dana daniel daniela daniele danielle danny daphne darcy daria darius darla darlene darrell darren darryl
dave david debbie deborah debra deepa deirdre delia della delores denise dennis derek desmond destiny devin devon
dexter diana diane diego dimitri dina dmitri dolores dominic dominique don donald donna dora doreen doris dorothy
doug douglas duane duncan dustin dwayne dwight dylan eamon ebony ed eddie edgar edith eduardo edward edwin eileen
elaine eleanor elena eli elias elijah elisa elise elizabeth ella ellen ellie elliot elliott elmer eloise elsa elsie
elvira emeka emilia emilio emily emma emmanuel enrique eric erica erik erika erin ernest ernesto esmeralda esperanza
estelle esther ethan ethel eugene eva evan eve evelyn ezra fabian farah fatima fatma federico felicia felicity
felipe felix ferdinand fernanda fernando finn fiona flora florence floyd fran frances francesca francesco francis
francisco frankie fred freda freddie frederick freya gabriel gabriela gabriella gabrielle gail gareth garrett gary
gavin gemma genevieve geoff geoffrey george georgia georgina gerald geraldine gerard gertrude gianna gilbert giles
gillian gina giovanni giulia gladys glen glenda glenn gloria gordon graham grant greg gregory greta gretchen
guadalupe guillermo gus gustavo gwen gwendolyn hailey hakim haley hamza hank hannah hans harold harriet harrison
harry haruki harvey hassan hattie hazel heather hector heidi helen helena henrietta henry herbert herman hilary
hilda hiroshi holly howard hubert hugh hugo humberto hussein ian ibrahim ida ignacio igor imani imogen imran ines
ingrid irene irina irma isaac isabel isabella isaiah ishaan ismael ivan jackie jackson jacob jacqueline jada jade
jaime jake jamal james jamie jana jane janet janice janine jared jasmin jasmine jason javier jay jayden jean
jeanette jeanne jeff jeffrey jenna jennie jennifer jenny jeremiah jeremy jermaine jerome jerry jesse jessica jessie
jesus jill jillian jim jimmy joan joann joanna joanne joaquin jodie jody joe joel joey johan johannes john johnny
jon jonah jonas jonathan jordan jorge jose josef joseph josephine josh joshua joy joyce juan juanita judith judy
julia julian juliana julianne julie juliet julio julius justin kaitlyn kamala kareem karen kari karim karin karina
karl karla kate katelyn katherine kathleen kathryn kathy katie katrina kay kayla keisha keith kelly kelsey ken
kendra kenji kenneth kenny kent kerry kevin khadija khalid kieran kim kimberly kirk kirsten kofi kris krishna krista
kristen kristin kristina kristy kurt kwame kyle lakshmi lamar lana lance larissa larry latoya laura lauren laurence
laurie lawrence leah leandro leanne leila lena leo leon leona leonard leonardo leroy leslie lester letitia levi
lewis liam lila lillian lily lin lina linda lindsay lindsey ling lionel lisa liza lloyd logan lois lola lorena
lorenzo loretta lori lorraine louis louisa louise lucas lucia lucille lucy luis luisa luke luther lydia lyle lynda
lynette lynn lynne mabel mackenzie maddie madeline madison magdalena maggie mahmoud malcolm mandy manuel mara marc
marcella marcia marco marcos marcus margaret margarita margot maria mariah mariam marian mariana marianne marie
marilyn mario marion marisa marissa marjorie marlene marsha marshall martha martin martina marvin mary maryam mason
mateo matilda matt matthew maureen maurice mavis max maxine maya meera megan meghan mehmet mei mel melanie melinda
melissa melvin mercedes meredith mia micah michael michaela micheal michele michelle miguel mike mikhail mildred
milo mina mindy minh miranda miriam mitchell mohamed mohammad mohammed moira molly mona monica monique morgan moses
muhammad muriel myra myrtle nadia nadine nancy naomi natalia natalie natasha nathan nathaniel neha neil nelson nia
nicholas nick nicola nicolas nicole nigel nikhil niki nikita nina noah noel noelle noemi nora norma norman nuala
octavia olga oliver olivia omar oscar oswald owen pablo paige pam pamela paolo parker pascal patel patricia patrick
patsy patti patty paul paula paulette pauline pearl pedro peggy penelope perry pete peter phil philip phillip phoebe
phyllis pierre polly prakash preston priscilla priya quentin quincy rachel rafael raheem rahul raj rajesh ralph
ramon ramona randall randy raphael raquel rashid raul ravi raymond rebecca regina reginald renata rene renee reuben
rhonda rhys ricardo richard rick ricky rita robert roberta roberto robin robyn rochelle rodney rodrigo roger roland
ronald ronnie rory rosa rosalie rosalind rosanna roseanne rosemary rosie ross roxanne roy rudy rufus rupert russell
ruth ryan sabrina sadie sally salma salman salvador sam samantha samir samuel sandeep sandra sandy sanjay santiago
sara sarah sasha saul savannah scott sean sebastian selena selma serena sergei sergio seth shane shanice shannon
sharon shaun shauna sheila shelby sheldon shelley sheri sherman sherry shirley shreya sidney sienna sierra silvia
simon simone siobhan sofia solomon sonia sophia sophie stacey stacy stan stanley stefan stella stephanie stephen
steve steven stewart stuart sunil susan susanna susie suzanne sven sybil sylvia tabitha tamara tamika tammy tamsin
tania tanya tara tariq tasha tatiana taylor ted terence teresa terrance terrence terri terry tessa thelma theo
theodore theresa thomas tiffany tim timothy tina toby todd tom tomas tommy toni tony tracey tracy travis trent
trevor tricia trina trish trisha tristan troy tyler tyra tyrone ulrich ulysses uma ursula valentina valerie vanessa
vera verna vernon veronica vicki vicky victor victoria vijay vikram vince vincent viola virginia vivian vladimir
wallace wally walter wanda warren wayne wendell wendy wesley whitney wilbur wilfred wilhelm willa william willie
wilma winifred winston wyatt xavier ximena yasmin yolanda yosef yousef yuki yusuf yvette yvonne zachary zack zainab
zara zeke zoe zoey zuri
"""
GIVEN = frozenset(_TEXT.split())
